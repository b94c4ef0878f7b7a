"""bundler-cache: packed gems, and objects of native extensions, that Bundler and RubyGems keep."""

from bot.rules.kit.residue import Residue, residue_rule

RULE = residue_rule(
    Residue(
        id="bundler-cache",
        title="Caches of Bundler and RubyGems",
        sentence="Bundler or RubyGems left packed gems, documentation or objects of native extensions",
        advice="Remove the cache in the same RUN (rm -rf /usr/local/bundle/cache), and install with --no-document.",
        paths=(
            "usr/local/bundle/cache/**",
            "usr/local/bundle/ruby/*/cache/**",
            "usr/local/bundle/ruby/*/bundler/gems/*/.git/**",
            "usr/local/bundle/gems/*/ext/**/*.o",
            "usr/local/bundle/doc/**",
            "usr/local/lib/ruby/gems/*/cache/**",
            "usr/local/lib/ruby/gems/*/doc/**",
            "usr/lib/ruby/gems/*/cache/**",
            "var/lib/gems/*/cache/**",
            "root/.bundle/cache/**",
            "**/vendor/bundle/ruby/*/cache/**",
        ),
        left_by=(("bundle", "install"),),
        removed=("cache", "bundle"),
        mounts=("bundle", "cache"),
        confidence=0.9,
    )
)
