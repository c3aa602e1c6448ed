// What the browser refuses on this page.
import "wardkey/elements";

window.violations = [];
document.addEventListener("securitypolicyviolation", ({ violatedDirective, sample, sourceFile }) => {
  window.violations.push({ violatedDirective, sample, sourceFile });
});
// A page in which nothing were refused would prove nothing.
window.isStrict = () => {
  try {
    document.querySelector("#said").innerHTML = "<b></b>";
    return false;
  } catch {
    window.violations.length = 0;
    return true;
  }
};
