export const words = ["built", "by", "esbuild"];
