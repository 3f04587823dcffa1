import type { en } from "../en/index.ts";

export const auth: typeof en.auth = {
  logInTrainyard: "登录 · Trainyard",
  logInToTrainyard: "登录 Trainyard",
  email: "邮箱",
  password: "密码",
  logIn: "登录",
  youAreNotLogged: "您尚未登录。",
};
