// Written by languages/write.mjs, of the files beside it. Not to be edited.

import type { Table } from "./words.js";

/** Every language, by its tag; the first has every text. */
export const LANGUAGES: Readonly<Record<string, Table>> = {
  en: {
    texts: {
      ask_again: "Ask for the result again",
      cancel: "Cancel",
      change_role: "Change role",
      extension_link: "Get the Wardkey extension",
      follow_window: "Go on in the Wardkey window.",
      host_link: "Get the Wardkey host program",
      left: {
        "1": "1 minute left",
        other: "{0} minutes left"
      },
      locked: "The session is locked. Put your card back to go on.",
      looking: "Looking for your smartcard software.",
      nobody: "Nobody is signed in.",
      reload: "Reload this page",
      sign: {
        "1": "Sign 1 document",
        other: "Sign {0} documents"
      },
      sign_in: "Sign in with smartcard",
      sign_out: "Sign out",
      signed: "Signed {0} of {1}.",
      signed_in: "You are signed in.",
      signed_in_as: "Signed in as {0}",
      suspended: "The session is paused. Sign in again to go on.",
      try_again: "Try again",
      unknown: "The connection broke while your card may have been signing.",
      unknown_remedy: "Ask for the result: nothing is signed twice.",
      unlock: "Go on with my session",
      unsigned: "{0} of {1} could not be signed."
    },
    errors: {}
  },
  cy: {
    texts: {
      ask_again: "Gofyn am y canlyniad eto",
      cancel: "Canslo",
      change_role: "Newid rôl",
      extension_link: "Cael yr estyniad Wardkey",
      follow_window: "Ewch ymlaen yn ffenestr Wardkey.",
      host_link: "Cael y rhaglen Wardkey",
      left: "{0} munud ar ôl",
      locked: "Mae'r sesiwn wedi'i chloi. Rhowch eich cerdyn yn ôl i fynd ymlaen.",
      looking: "Yn chwilio am eich meddalwedd cerdyn clyfar.",
      nobody: "Nid oes neb wedi mewngofnodi.",
      reload: "Ail-lwytho'r dudalen hon",
      sign: {
        "1": "Llofnodi 1 ddogfen",
        "2": "Llofnodi 2 ddogfen",
        other: "Llofnodi {0} dogfen"
      },
      sign_in: "Mewngofnodi gyda cherdyn clyfar",
      sign_out: "Allgofnodi",
      signed: "Dogfennau wedi'u llofnodi: {0} o {1}.",
      signed_in: "Rydych wedi mewngofnodi.",
      signed_in_as: "Wedi mewngofnodi fel {0}",
      suspended: "Mae'r sesiwn wedi'i seibio. Mewngofnodwch eto i fynd ymlaen.",
      try_again: "Ceisio eto",
      unknown: "Torrodd y cysylltiad tra gallai eich cerdyn fod yn llofnodi.",
      unknown_remedy: "Gofynnwch am y canlyniad: ni lofnodir dim ddwywaith.",
      unlock: "Mynd ymlaen â'm sesiwn",
      unsigned: "Ni ellid llofnodi {0} o {1}."
    },
    errors: {
      agent_unreachable: [
        "Ni ellid cychwyn yr asiant Wardkey, neu nid atebodd.",
        "Allgofnodwch o'r cyfrifiadur hwn ac yn ôl i mewn."
      ],
      busy: [
        "Mae ffenestr Wardkey arall ar agor.",
        "Gorffennwch neu ganslo honno, yna ceisiwch eto."
      ],
      card_missing: [
        "Nid oes cerdyn mewn unrhyw ddarllenydd.",
        "Rhowch eich cerdyn clyfar yn y darllenydd."
      ],
      card_removed: [
        "Tynnwyd y cerdyn allan.",
        "Rhowch y cerdyn yn ôl a cheisiwch eto."
      ],
      certificate_expired: [
        "Mae'r dystysgrif ar y cerdyn wedi dod i ben.",
        "Gofynnwch i'ch Awdurdod Cofrestru adnewyddu'r cerdyn."
      ],
      context_insecure: [
        "Nid yw'r dudalen mewn cyd-destun diogel.",
        "Agorwch y dudalen dros https."
      ],
      extension_missing: [
        "Nid yw'r estyniad Wardkey wedi'i osod yn y porwr hwn, neu ni chaniateir ef ar y wefan hon.",
        "Gosodwch yr estyniad Wardkey, caniatewch ef ar y wefan hon, ac ail-lwythwch y dudalen."
      ],
      host_missing: [
        "Nid yw'r rhaglen Wardkey wedi'i gosod ar y cyfrifiadur hwn, neu nid ar gyfer y porwr hwn.",
        "Gosodwch y rhaglen Wardkey, yna ceisiwch eto."
      ],
      origin_not_admitted: [
        "Ni chaniateir y wefan hon i ddefnyddio Wardkey ar y cyfrifiadur hwn.",
        "Gofynnwch i'r gweinyddwr ganiatáu'r wefan hon."
      ],
      passcode_blocked: [
        "Mae cyfringod y cerdyn wedi'i rwystro.",
        "Gofynnwch i'ch Awdurdod Cofrestru ddatgloi'r cerdyn."
      ],
      passcode_wrong: [
        "Roedd y cyfringod yn anghywir.",
        "Ceisiwch eto gyda'r cyfringod cywir."
      ],
      reader_missing: [
        "Nid oes darllenydd cardiau clyfar wedi'i gysylltu.",
        "Cysylltwch ddarllenydd cardiau clyfar."
      ],
      reader_service_missing: [
        "Nid yw gwasanaeth cardiau clyfar y cyfrifiadur yn rhedeg.",
        "Cychwynnwch y gwasanaeth cardiau clyfar."
      ],
      server_unreachable: [
        "Ni ellid cyrraedd y gweinydd hunaniaeth.",
        "Gwiriwch y rhwydwaith, yna ceisiwch eto."
      ],
      session_ended: [
        "Mae'r sesiwn wedi dod i ben.",
        "Mewngofnodwch eto."
      ],
      session_missing: [
        "Nid oes neb wedi mewngofnodi.",
        "Mewngofnodwch yn gyntaf."
      ],
      timeout: [
        "Ni atebodd neb y ffenestr mewn pryd.",
        "Ceisiwch eto."
      ],
      user_cancelled: [
        "Rydych wedi canslo.",
        "Gallwch geisio eto unrhyw bryd."
      ],
      user_unknown: [
        "Nid yw'r gweinydd hunaniaeth yn adnabod deiliad y cerdyn.",
        "Gwiriwch eich bod wedi cofrestru ar gyfer y gwasanaeth hwn."
      ],
      version_mismatch: [
        "Nid yw'r dudalen, yr estyniad a'r rhaglen yn siarad fersiwn cyffredin.",
        "Diweddarwch y rhan sy'n hen."
      ]
    }
  }
};
