import type { en } from "../en/index.ts";

export const models: typeof en.models = {
  model: "模型",
  downloadWeights: "下载权重",
  parameters: "参数量",
  modelId: "模型 ID",
  sha256OfThe: "权重的 SHA-256：",
  beforeYouRelyOn: "采用前请注意",
  prediction: "预测：",
  probabilityOf: "{{label}} 的概率",
  predict: "预测",
  stepsOldestFirst: "各时间步，最早的在前",
  numbersOrAJson: "数字；若每步有多个值，则为 JSON 对象列表。",
  thisIsNeitherNumbers: "这既不是数字，也不是 JSON 列表。",
  text: "文本",
  tryIt: "试一试",
  user: "用户",
  item: "物品",
  toLearnItsRating: "填写则预测评分；留空则给出最合适的物品",
  noneOfTheLabels: "没有任何标签",
};
