export const auth = {
  logInTrainyard: "Log in · Trainyard",
  logInToTrainyard: "Log in to Trainyard",
  email: "Email",
  password: "Password",
  logIn: "Log in",
  youAreNotLogged: "You are not logged in.",
};
