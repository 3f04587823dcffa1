export const problems = {
  trainyardCannotBeReached: "Trainyard cannot be reached.",
  checkYourConnectionWhat: "Check your connection; what runs keeps running.",
  theServerAnsweredWith: "The server answered with status {status}.",
  tryAgainInA: "Try again in a moment.",
  tooManyAttempts: "Too many attempts.",
  waitAFewMinutes: "Wait a few minutes, then try again.",
  theServerRefusedThe: "The server refused the login with status {status}.",
  theUploadWasStopped: "The upload was stopped.",
  confirmItIsYou: "Confirm that it is you.",
  youAreNotLogged: "You are not logged in.",
};
