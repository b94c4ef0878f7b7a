"""composer-cache: archives that Composer keeps for a next install."""

from bot.rules.kit.residue import Residue, residue_rule

RULE = residue_rule(
    Residue(
        id="composer-cache",
        title="Composer's download cache",
        sentence="Composer left its download cache in the image",
        advice="Install with composer install --no-cache, or mount the cache.",
        paths=(
            "root/.composer/cache/**",
            "home/*/.composer/cache/**",
            "root/.cache/composer/**",
            "home/*/.cache/composer/**",
            "tmp/cache/files/**",
        ),
        left_by=(("composer", "install"), ("composer", "require"), ("composer", "create-project")),
        cleaned_by=(("composer", "clear-cache"), ("composer", "clearcache")),
        removed=(".composer", ".cache", "COMPOSER"),
        options=("--no-cache",),
        variables=("COMPOSER_CACHE_DIR", "COMPOSER_NO_CACHE"),
        mounts=("composer", "cache"),
        insert="--no-cache",
    )
)
