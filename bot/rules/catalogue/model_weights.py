"""model-weights: weights of models lie in the image."""

from bot.rules.kit.findings import Wording, by_directory, claiming, living
from bot.rules.kit.rule import Fix, Group, Rule

ID = "model-weights"
WORDING = Wording(
    rule=ID,
    title="Weights of models are part of the image",
    advice="If they change less often than the program, mount them as a volume or keep them in an image or layer of "
    "their own below the program. If every container needs them at once, this is intended: ignore it.",
    confidence=0.3,
    label=by_directory,
    minimum_bytes=100_000_000,
)
PATHS = (
    "root/.cache/huggingface/**",
    "root/.cache/torch/**",
    "root/.cache/whisper/**",
    "home/*/.cache/huggingface/**",
    "**/*.safetensors",
    "**/*.gguf",
    "**/*.ckpt",
    "**/*.onnx",
    "**/*.pt",
    "**/*.pth",
    "**/pytorch_model*.bin",
    "**/*.tflite",
    "**/*.h5",
)


RULE = Rule(
    id=ID,
    title="Weights of models",
    group=Group.CONTENT,
    fix=Fix.ADVICE,
    fires_on="Caches of hubs and files of weights are claimed; often this is intended, and the advice says so.",
    silent_on="Weights that a library brings are small.",
    measured=claiming(WORDING, living(*PATHS)),
    wordings=(WORDING,),
)
