/** What the elements say, in one language. */
export interface Words {
  ask_again: string;
  cancel: string;
  change_role: string;
  extension_link: string;
  follow_window: string;
  host_link: string;
  left: (minutes: number) => string;
  locked: string;
  looking: string;
  nobody: string;
  reload: string;
  sign: (documents: number) => string;
  sign_in: string;
  sign_out: string;
  signed: (done: number, total: number) => string;
  signed_in: string;
  signed_in_as: (name: string) => string;
  suspended: string;
  try_again: string;
  unlock: string;
  unsigned: (failed: number, total: number) => string;
  /** For a code what happened, and what to do; for the others the error's own English is shown. */
  errors: Readonly<Record<string, readonly [string, string]>>;
}

/** Replaces words of a language, or adds one; what a new one lacks is said in English. */
export function setWords(language: string, words: Partial<Words>): void {
  const base = BY_LANGUAGE[language] ?? EN;
  BY_LANGUAGE[language] = { ...base, ...words };
}

/** The words for a language tag (BCP 47), and the language that they are in. */
export function wordsFor(tag: string): [language: string, words: Words] {
  const subtags = tag.toLowerCase().split("-");
  for (; subtags.length > 0; subtags.pop()) {
    const language = subtags.join("-");
    const words = BY_LANGUAGE[language];
    if (words) return [language, words];
  }
  return ["en", EN];
}

const EN: Words = {
  ask_again: "Ask for the result again",
  cancel: "Cancel",
  change_role: "Change role",
  extension_link: "Get the Wardkey extension",
  follow_window: "Go on in the Wardkey window.",
  host_link: "Get the Wardkey host program",
  left: (minutes) => (minutes === 1 ? "1 minute left" : `${minutes} minutes left`),
  locked: "The session is locked. Put your card back to go on.",
  looking: "Looking for your smartcard software.",
  nobody: "Nobody is signed in.",
  reload: "Reload this page",
  sign: (documents) => (documents === 1 ? "Sign 1 document" : `Sign ${documents} documents`),
  sign_in: "Sign in with smartcard",
  sign_out: "Sign out",
  signed: (done, total) => `Signed ${done} of ${total}.`,
  signed_in: "You are signed in.",
  signed_in_as: (name) => `Signed in as ${name}`,
  suspended: "The session is paused. Sign in again to go on.",
  try_again: "Try again",
  unlock: "Go on with my session",
  unsigned: (failed, total) => `${failed} of ${total} could not be signed.`,
  errors: {},
};

// Not yet read by a native speaker. After a numeral the noun is singular, and mutates after some.
const CY: Words = {
  ask_again: "Gofyn am y canlyniad eto",
  cancel: "Canslo",
  change_role: "Newid rôl",
  extension_link: "Cael yr estyniad Wardkey",
  follow_window: "Ewch ymlaen yn ffenestr Wardkey.",
  host_link: "Cael y rhaglen Wardkey",
  left: (minutes) => `${minutes} munud ar ôl`,
  locked: "Mae'r sesiwn wedi'i chloi. Rhowch eich cerdyn yn ôl i fynd ymlaen.",
  looking: "Yn chwilio am eich meddalwedd cerdyn clyfar.",
  nobody: "Nid oes neb wedi mewngofnodi.",
  reload: "Ail-lwytho'r dudalen hon",
  sign: (documents) => {
    const noun = documents === 1 || documents === 2 ? "ddogfen" : "dogfen";
    return `Llofnodi ${documents} ${noun}`;
  },
  sign_in: "Mewngofnodi gyda cherdyn clyfar",
  sign_out: "Allgofnodi",
  signed: (done, total) => `Dogfennau wedi'u llofnodi: ${done} o ${total}.`,
  signed_in: "Rydych wedi mewngofnodi.",
  signed_in_as: (name) => `Wedi mewngofnodi fel ${name}`,
  suspended: "Mae'r sesiwn wedi'i seibio. Mewngofnodwch eto i fynd ymlaen.",
  try_again: "Ceisio eto",
  unlock: "Mynd ymlaen â'm sesiwn",
  unsigned: (failed, total) => `Ni ellid llofnodi ${failed} o ${total}.`,
  errors: {
    agent_unreachable: [
      "Ni ellid cychwyn yr asiant Wardkey, neu nid atebodd.",
      "Allgofnodwch o'r cyfrifiadur hwn ac yn ôl i mewn.",
    ],
    busy: ["Mae ffenestr Wardkey arall ar agor.", "Gorffennwch neu ganslo honno, yna ceisiwch eto."],
    card_missing: ["Nid oes cerdyn mewn unrhyw ddarllenydd.", "Rhowch eich cerdyn clyfar yn y darllenydd."],
    card_removed: ["Tynnwyd y cerdyn allan.", "Rhowch y cerdyn yn ôl a cheisiwch eto."],
    certificate_expired: [
      "Mae'r dystysgrif ar y cerdyn wedi dod i ben.",
      "Gofynnwch i'ch Awdurdod Cofrestru adnewyddu'r cerdyn.",
    ],
    context_insecure: ["Nid yw'r dudalen mewn cyd-destun diogel.", "Agorwch y dudalen dros https."],
    extension_missing: [
      "Nid yw'r estyniad Wardkey wedi'i osod yn y porwr hwn, neu ni chaniateir ef ar y wefan hon.",
      "Gosodwch yr estyniad Wardkey, caniatewch ef ar y wefan hon, ac ail-lwythwch y dudalen.",
    ],
    host_missing: [
      "Nid yw'r rhaglen Wardkey wedi'i gosod ar y cyfrifiadur hwn, neu nid ar gyfer y porwr hwn.",
      "Gosodwch y rhaglen Wardkey, yna ceisiwch eto.",
    ],
    origin_not_admitted: [
      "Ni chaniateir y wefan hon i ddefnyddio Wardkey ar y cyfrifiadur hwn.",
      "Gofynnwch i'r gweinyddwr ganiatáu'r wefan hon.",
    ],
    passcode_blocked: [
      "Mae cyfringod y cerdyn wedi'i rwystro.",
      "Gofynnwch i'ch Awdurdod Cofrestru ddatgloi'r cerdyn.",
    ],
    passcode_wrong: ["Roedd y cyfringod yn anghywir.", "Ceisiwch eto gyda'r cyfringod cywir."],
    reader_missing: [
      "Nid oes darllenydd cardiau clyfar wedi'i gysylltu.",
      "Cysylltwch ddarllenydd cardiau clyfar.",
    ],
    reader_service_missing: [
      "Nid yw gwasanaeth cardiau clyfar y cyfrifiadur yn rhedeg.",
      "Cychwynnwch y gwasanaeth cardiau clyfar.",
    ],
    server_unreachable: [
      "Ni ellid cyrraedd y gweinydd hunaniaeth.",
      "Gwiriwch y rhwydwaith, yna ceisiwch eto.",
    ],
    session_ended: ["Mae'r sesiwn wedi dod i ben.", "Mewngofnodwch eto."],
    session_missing: ["Nid oes neb wedi mewngofnodi.", "Mewngofnodwch yn gyntaf."],
    timeout: ["Ni atebodd neb y ffenestr mewn pryd.", "Ceisiwch eto."],
    user_cancelled: ["Rydych wedi canslo.", "Gallwch geisio eto unrhyw bryd."],
    user_unknown: [
      "Nid yw'r gweinydd hunaniaeth yn adnabod deiliad y cerdyn.",
      "Gwiriwch eich bod wedi cofrestru ar gyfer y gwasanaeth hwn.",
    ],
    version_mismatch: [
      "Nid yw'r dudalen, yr estyniad a'r rhaglen yn siarad fersiwn cyffredin.",
      "Diweddarwch y rhan sy'n hen.",
    ],
  },
};

const BY_LANGUAGE: Record<string, Words> = { cy: CY, en: EN };
