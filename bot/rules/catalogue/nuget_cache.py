"""nuget-cache: packages that restoring a .NET project downloaded."""

from bot.rules.kit.residue import Residue, residue_rule

RULE = residue_rule(
    Residue(
        id="nuget-cache",
        title="NuGet's package folder",
        sentence="Restoring a .NET project left its packages in the image",
        advice="Publish in a stage on the SDK and copy only the output to a stage on the runtime.",
        paths=("root/.nuget/packages/**", "home/*/.nuget/packages/**", "root/.local/share/NuGet/**"),
        left_by=(("dotnet", "restore"), ("dotnet", "publish"), ("dotnet", "build")),
        cleaned_by=(("dotnet", "nuget", "locals"),),
        removed=(".nuget", "NuGet"),
        mounts=(".nuget",),
    )
)
