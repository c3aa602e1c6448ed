// Reads what people need to see out of an HL7 v3 ParentPrescription. What is shown comes from
// the very octets that are signed, from nothing else.

const HL7 = "urn:hl7-org:v3";

/** `{patient, items, prescriber}` of the document's octets. */
export function readPrescription(octets) {
  const text = new TextDecoder("utf-8", { fatal: true }).decode(octets);
  const document = new DOMParser().parseFromString(text, "application/xml");
  const root = document.documentElement;
  if (root.namespaceURI !== HL7 || root.localName !== "ParentPrescription") {
    throw new Error("not a ParentPrescription");
  }
  const patient = need(root, "recordTarget/Patient");
  const prescription = need(root, "pertinentInformation1/pertinentPrescription");
  return {
    patient: readPatient(patient),
    prescriber: readName(need(prescription, "author/AgentPerson/agentPerson/name")).plain,
    items: all(prescription, "pertinentInformation2/pertinentLineItem").map(readItem),
  };
}

function readPatient(patient) {
  const person = need(patient, "patientPerson");
  const born = readDate(need(person, "birthTime").getAttribute("value"));
  const address = need(patient, "addr");
  return {
    name: readName(need(person, "name")).banner,
    born: born && showDate(born),
    age: born && age(born),
    gender: GENDERS[need(person, "administrativeGenderCode").getAttribute("code")] ?? "Not known",
    number: showNumber(need(patient, "id").getAttribute("extension")),
    address: [...all(address, "streetAddressLine"), ...all(address, "postalCode")]
      .map((line) => line.textContent.trim())
      .join(", "),
  };
}

function readItem(item) {
  const code = need(item, "product/manufacturedProduct/manufacturedRequestedMaterial/code");
  const quantity = need(item, "component/lineItemQuantity/quantity");
  const unit = need(quantity, "translation").getAttribute("displayName");
  return {
    medicine: code.getAttribute("displayName"),
    dose: need(item, "pertinentInformation2/pertinentDosageInstructions/value").textContent.trim(),
    quantity: `${quantity.getAttribute("value")} ${unit}`,
  };
}

/** Surname in capitals first, as patient banners have it. */
function readName(name) {
  const part = (tag) => all(name, tag).map((part) => part.textContent.trim()).join(" ");
  const [family, given, prefix] = [part("family"), part("given"), part("prefix")];
  const title = prefix ? ` (${capitalise(prefix)})` : "";
  return {
    banner: `${family.toUpperCase()}, ${capitalise(given)}${title}`,
    plain: `${capitalise(given)} ${capitalise(family)}`,
  };
}

function all(from, path) {
  return path.split("/").reduce(
    (found, tag) =>
      found.flatMap((element) =>
        [...element.children].filter((c) => c.namespaceURI === HL7 && c.localName === tag),
      ),
    [from],
  );
}

function need(from, path) {
  const [found] = all(from, path);
  if (!found) throw new Error(`no ${path}`);
  return found;
}

function readDate(value) {
  const match = /^(\d{4})(\d{2})(\d{2})/.exec(value ?? "");
  return match && { year: +match[1], month: +match[2], day: +match[3] };
}

function showDate({ year, month, day }) {
  return `${String(day).padStart(2, "0")}-${MONTHS[month - 1]}-${year}`;
}

function age({ year, month, day }) {
  const now = new Date();
  const before = now.getMonth() + 1 < month || (now.getMonth() + 1 === month && now.getDate() < day);
  return `${now.getFullYear() - year - (before ? 1 : 0)}y`;
}

function showNumber(number) {
  return (number ?? "").replace(/^(\d{3})(\d{3})(\d{4})$/, "$1 $2 $3");
}

function capitalise(text) {
  return text.toLowerCase().replace(/(^|[\s'-])\p{L}/gu, (letters) => letters.toUpperCase());
}

const GENDERS = { 0: "Not known", 1: "Male", 2: "Female", 9: "Not specified" };
const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
