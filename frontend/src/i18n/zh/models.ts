import type { en } from "../en/index.ts";

export const models: typeof en.models = {
  model: "模型",
  downloadWeights: "下载权重",
  parameters: "参数量",
  modelId: "模型 ID",
  sha256OfThe: "权重的 SHA-256：",
  models: "模型",
  noModelsYet: "还没有模型",
  eachFinishedJob: "每个成功的任务都会在此留下一个模型。",
  name: "名称",
  task: "学习目标",
  architecture: "架构",
  onTestData: "测试数据上",
  created: "创建时间",
  lineage: "来源",
  importedFor: "导入的适配器，基座为",
  trainedBy: "训练任务",
  trainedOn: "训练数据",
  fromAProgram: "在程序中使用",
  testResults: "测试结果",
  onDataHeldOut: "在训练未用到的数据上",
};
