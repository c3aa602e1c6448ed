// Written by languages/write.mjs, of the files beside it. Not to be edited.
// Welsh. Not yet read by a native speaker. After a numeral the noun is singular, and mutates after some numbers.

/** What the extension's own pages say. */
export const words = {
  appsConnected: "Apiau cysylltiedig",
  appsNone: "Nid oes ap wedi'i gysylltu.",
  askedFirst: "Gofynnir i chi yn gyntaf",
  backToBrowser: "Iaith y porwr",
  byPolicy: "gan bolisi'r cyfrifiadur hwn",
  byYou: "wedi'i ganiatáu gennych chi",
  byYouOn: "wedi'i ganiatáu gan {0} ar {1}",
  cardIn: "Cerdyn yn {0}",
  cardNone: "Nid oes cerdyn mewn darllenydd.",
  changePasscode: "Newid y cyfringod",
  checkAgain: "Gwirio eto",
  checkingNow: "Yn gwirio…",
  copied: "Wedi'i gopïo",
  copyReport: "Copïo'r adroddiad",
  details: "Manylion i'r ddesg gymorth",
  diagnosticsHead: "Diagnosteg",
  diagnosticsText: "Yn archwilio'r cyfrifiadur hwn, o'r porwr i'r cerdyn a'r gweinydd, ac yn dweud beth i'w wneud.",
  documents: {
    "1": "1 tab",
    "2": "2 dab",
    other: "{0} tab"
  },
  examining: "Yn archwilio'r cyfrifiadur hwn… Gall hyn gymryd hanner munud.",
  fullReport: "Adroddiad llawn",
  hoursMinutes: "{0} awr {1} mun ar ôl",
  languageHead: "Iaith",
  languageText: "Iaith y tudalennau hyn. Daw iaith ffenestr yr asiant o'r bwrdd gwaith neu o'r polisi.",
  lessThanMinute: "llai na munud ar ôl",
  letAuthenticate: "Profi pwy ydych chi, gyda cherdyn a chyfringod bob tro",
  letAuthorize: "Eich mewngofnodi i safleoedd eraill, fel eu gweinydd hunaniaeth",
  letCertificate: "Darllen eich tystysgrif llofnodi",
  letElse: "Rhywbeth nad oes gan y fersiwn hon eiriau amdano ({0})",
  letSign: "Gofyn i chi lofnodi dogfennau a ddangosir i chi",
  letSignIn: "Eich mewngofnodi, a gwybod pryd y tynnir eich cerdyn",
  letSignUnseen: "Gofyn i chi lofnodi'r hyn na ellir ei ddangos i chi",
  letTicket: "Gweithredu ar eich rhan ar ei gweinyddion ei hun tra byddwch wedi mewngofnodi",
  letUser: "Gweld eich enw, eich rolau a'ch sefydliad",
  locksIn: "Yn cloi ar ôl {0} mun heb ei ddefnyddio",
  minutes: "{0} mun ar ôl",
  notWorking: "Ddim yn gweithio",
  openTheirPage: "Agor eu tudalen",
  readerNone: "Nid oes darllenydd cardiau wedi'i gysylltu.",
  ready: "Barod",
  reportAlso: {
    "1": "Mae 1 rhybudd hefyd.",
    other: "Mae {0} rhybudd hefyd."
  },
  reportDetails: "Manylion",
  reportDetailsOf: "Manylion {0}",
  reportMade: "Nid oes dim yn yr adroddiad hwn yn enwi person.",
  reportOk: "Mae popeth yn gweithio.",
  reportProblem: "Problem",
  reportProblems: {
    "1": "Cafwyd hyd i 1 broblem.",
    other: "Cafwyd hyd i {0} problem."
  },
  reportSummary: "Crynodeb",
  reportTitle: "Wardkey ar y cyfrifiadur hwn",
  reportWarning: "Rhybudd",
  reportWarnings: {
    "1": "Mae'n gweithio, gydag 1 rhybudd.",
    other: "Mae'n gweithio, gyda {0} rhybudd."
  },
  revoke: "Tynnu'n ôl",
  revokeAll: "Tynnu popeth yn ôl",
  revokeAllOf: "Tynnu'n ôl bopeth y caiff {0} ei wneud",
  revokeOf: "Tynnu'n ôl oddi wrth {0}: {1}",
  revoked: {
    "0": "Ni thynnwyd dim yn ôl.",
    "1": "Wedi'i dynnu'n ôl oddi wrth {1}.",
    other: "Wedi'u tynnu'n ôl oddi wrth {1}: {0} peth."
  },
  sessionWaits: "Mae sesiwn yn aros am ei cherdyn.",
  settings: "Gosodiadau",
  settingsTitle: "Gosodiadau Wardkey",
  signOut: "Allgofnodi",
  signedIn: "wedi mewngofnodi",
  signedInAt: "yn {0}",
  signedOut: "Nid oes neb wedi mewngofnodi",
  sitesHead: "Safleoedd a'r hyn y cânt ei wneud",
  sitesNone: "Ni chaiff unrhyw safle wneud dim ar y cyfrifiadur hwn.",
  sitesOthers: "Rhaid i unrhyw safle arall ofyn i chi yn gyntaf. Caiff ofyn am:",
  sitesOthersNever: "Ni chaiff unrhyw safle arall wneud dim, ac ni all yr un ofyn.",
  sitesText: "Yr asiant ar y cyfrifiadur hwn sy'n cadw hyn, fel bod pob porwr yn cytuno.",
  sitesWebEid: "Yn ateb galwadau web-eid.js",
  subjectAgent: "Asiant",
  subjectBrowser: "Porwr",
  subjectCard: "Cardiau",
  subjectCertificate: "Tystysgrifau",
  subjectClock: "Cloc",
  subjectExtension: "Estyniad",
  subjectHost: "Rhaglen letya",
  subjectManifest: "Cofrestriad",
  subjectModule: "Meddalwedd cardiau",
  subjectPolicy: "Polisi",
  subjectProgram: "Rhaglenni",
  subjectReader: "Darllenyddion",
  subjectReaderService: "Gwasanaeth cardiau",
  subjectRemote: "Gwasanaethau llofnodi",
  subjectServer: "Gweinydd hunaniaeth",
  subjectTls: "TLS",
  switchRole: "Newid rôl",
  toDo: "Beth i'w wneud",
  unlocks: "Rhowch ei cherdyn i mewn i barhau.",
  welcomeCard: "Rhowch eich cerdyn yn y darllenydd",
  welcomeCardFound: "Mae cerdyn yn {0}.",
  welcomeCardText: "Nid oes angen hyn nawr, ond mae'n dangos a yw'r darllenydd yn gweithio.",
  welcomeDone: "Mae Wardkey yn barod ar y cyfrifiadur hwn.",
  welcomeDoneText: "Gallwch gau'r dudalen hon. Mae dewislen Wardkey y tu ôl i'w fotwm wrth ymyl y bar cyfeiriad.",
  welcomeExtension: "Estyniad wedi'i osod",
  welcomeExtensionText: "Fersiwn {0}, yn {1}.",
  welcomeHost: "Gosod y rhaglen letya",
  welcomeHostFound: "Mae ei fersiwn {0} yn rhedeg.",
  welcomeHostText: "Mae'n darllen eich cerdyn ac yn gofyn am eich cyfringod. Ni all y porwr wneud hynny ei hun.",
  welcomeLinuxAll: "Ar Debian neu Ubuntu, i bob defnyddiwr, gan weinyddwr:",
  welcomeLinuxOne: "Ar unrhyw Linux, i chi yn unig, heb weinyddwr:",
  welcomeLinuxSnap: "Ni all porwr o Snap neu Flatpak ei chychwyn; defnyddiwch un o'ch dosbarthiad neu gan ei wneuthurwr.",
  welcomeMac: "Ar macOS, eich desg gymorth sy'n adeiladu ac yn gosod y pecyn (packaging/macos). Nid yw wedi'i roi ar brawf ar Mac eto.",
  welcomeManaged: "Mewn ysbyty gall fod wedi dod gyda'r cyfrifiadur; os felly, gofynnwch i'ch desg gymorth pam nad yw i'w chael.",
  welcomeOther: "Nid oes rhaglen letya ar gyfer y system hon.",
  welcomePolicy: "Gosodiadau eich ysbyty",
  welcomePolicyAsking: "Yn edrych arnynt.",
  welcomePolicyFound: "Maen nhw yn eu lle.",
  welcomePolicyText: "Maen nhw'n dweud pa wefannau a gaiff ddefnyddio'ch cerdyn. Maen nhw'n dod gyda'r cyfrifiadur, neu gan eich desg gymorth.",
  welcomeTitle: "Gosod Wardkey",
  welcomeWaiting: "Yn aros amdani. Mae'r dudalen hon yn sylwi ei hun.",
  welcomeWhere: "Mae ei becyn gan eich desg gymorth. Lle nad oes desg gymorth, caiff ei adeiladu fel y dywed tudalen y prosiect:",
  welcomeWindows: "Ar Windows, eich desg gymorth sy'n adeiladu ac yn gosod y pecyn (packaging/windows). Nid yw wedi'i roi ar brawf ar Windows eto.",
  works: "Yr hyn sy'n gweithio"
};

/** For an error's code what happened, and what to do. */
export const errors = {
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
};

/** For a finding's code the same. */
export const findings = {
  agent: [
    "Mae'r asiant yn rhedeg, neu bydd yn rhedeg pan fydd ar borwr ei angen.",
    ""
  ],
  agent_other_program: [
    "Rhaglen arall yw'r asiant sy'n rhedeg, ac nid yw'n gwasanaethu'r un hon.",
    "Allgofnodwch o'r cyfrifiadur hwn ac yn ôl i mewn, neu rhowch derfyn ar y broses a enwir yn y manylion."
  ],
  agent_other_session: [
    "Mae'r asiant sy'n rhedeg yn perthyn i sesiwn fewngofnodi arall y defnyddiwr hwn.",
    "Allgofnodwch o'r sesiwn arall, neu gosodwch `WARDKEY_INSTANCE` ar gyfer un ohonynt."
  ],
  agent_other_version: [
    "Mae'r asiant sy'n rhedeg o'r cyfnod cyn diweddariad.",
    "Caewch bob porwr ac arhoswch bum munud, neu allgofnodwch o'r cyfrifiadur hwn ac yn ôl i mewn."
  ],
  agent_unreachable: [
    "Mae'r asiant yn rhedeg, ond nid yw'n ateb.",
    "Allgofnodwch o'r cyfrifiadur hwn ac yn ôl i mewn, neu rhowch derfyn ar y broses a enwir yn y manylion."
  ],
  browser: [
    "Mae porwr sy'n gallu cychwyn Wardkey wedi'i osod.",
    ""
  ],
  browser_flatpak: [
    "Flatpak yw un o'r porwyr, ac ni chaiff gychwyn rhaglen y tu allan iddo'i hun.",
    "Defnyddiwch y porwr fel pecyn y dosbarthiad neu ei wneuthurwr, nid fel Flatpak."
  ],
  browser_may_be_sandboxed: [
    "Os Snap neu Flatpak yw'r porwr hwn, efallai na chaiff gychwyn rhaglen y tu allan iddo'i hun.",
    "Edrychwch sut y gosodwyd y porwr hwn; defnyddiwch ef fel pecyn y dosbarthiad neu ei wneuthurwr."
  ],
  browser_missing: [
    "Ni chafwyd porwr yn y mannau arferol.",
    "Gosodwch Chromium, Chrome, Edge neu Firefox; mae porwr sydd yn rhywle arall yn gweithio hefyd."
  ],
  browser_old: [
    "Mae porwr yn hŷn nag sydd ei angen ar yr estyniad.",
    "Diweddarwch y porwr; mae'r manylion yn enwi'r fersiwn hynaf sy'n gweithio."
  ],
  browser_silent: [
    "Mae porwr wedi'i osod, ac nid yw'n dweud ei fersiwn.",
    "Cychwynnwch ef unwaith i weld a yw'n gweithio; os nad yw, gofynnwch am ei osod eto."
  ],
  browser_snap: [
    "Snap yw un o'r porwyr, ac ni chaiff gychwyn rhaglen y tu allan iddo'i hun.",
    "Defnyddiwch y porwr fel pecyn y dosbarthiad neu ei wneuthurwr, nid fel Snap; mae Firefox fel Snap yn gweithio lle mae porth y bwrdd gwaith yn gofyn am negeseua brodorol."
  ],
  browser_unknown: [
    "Nid yw'r porwyr sydd wedi'u gosod yn cael eu gwirio ar y system hon.",
    "Edrychwch eich hun a yw Chromium, Chrome, Edge neu Firefox wedi'i osod."
  ],
  card: [
    "Gellir darllen cerdyn.",
    ""
  ],
  card_busy: [
    "Mae rhaglen arall yn dal y cerdyn.",
    "Caewch y rhaglen arall sy'n defnyddio'r cerdyn, yna edrychwch eto."
  ],
  card_missing: [
    "Nid oes cerdyn mewn darllenydd.",
    "Rhowch eich cerdyn clyfar yn y darllenydd."
  ],
  card_unreadable: [
    "Ni ellir darllen y cerdyn mewn darllenydd.",
    "Gwiriwch ei fod y ffordd gywir; os yw'n parhau felly, efallai fod ei feddalwedd ar goll."
  ],
  certificate: [
    "Mae tystysgrif yn ddilys.",
    ""
  ],
  certificate_expired: [
    "Mae tystysgrif ar gerdyn wedi dod i ben.",
    "Gofynnwch i'ch Awdurdod Cofrestru adnewyddu'r cerdyn."
  ],
  certificate_expires_soon: [
    "Mae tystysgrif ar gerdyn yn dod i ben o fewn 30 diwrnod.",
    "Gofynnwch i'ch Awdurdod Cofrestru adnewyddu'r cerdyn mewn pryd."
  ],
  certificate_missing: [
    "Nid oes gan gerdyn dystysgrif i fewngofnodi â hi, neu nid oes un i lofnodi â hi.",
    "Defnyddiwch gerdyn a roddwyd ar gyfer hynny, neu gofynnwch am adnewyddu'r un hwn."
  ],
  certificate_not_yet_valid: [
    "Nid yw tystysgrif ar gerdyn yn ddilys eto.",
    "Gwiriwch ddyddiad ac amser y cyfrifiadur hwn; os ydynt yn gywir, arhoswch nes y bydd y dystysgrif yn ddilys."
  ],
  clock: [
    "Mae cloc y cyfrifiadur hwn yn cytuno â chloc y gweinydd.",
    ""
  ],
  clock_off: [
    "Mae cloc y cyfrifiadur hwn fwy na munud yn wahanol i gloc y gweinydd.",
    "Gofynnwch am osod yr amser o'r rhwydwaith: `timedatectl set-ntp true`, ar Windows `w32tm /resync`, ar macOS `sudo sntp -sS time.apple.com`."
  ],
  clock_unknown: [
    "Ni ddywedodd yr un gweinydd faint o'r gloch yw hi, felly ni ellid cymharu'r cloc.",
    "Edrychwch eich hun ar ddyddiad ac amser y cyfrifiadur hwn."
  ],
  clock_wrong: [
    "Mae cloc y cyfrifiadur hwn fwy na phum munud yn wahanol i gloc y gweinydd.",
    "Gofynnwch am osod yr amser o'r rhwydwaith: `timedatectl set-ntp true`, ar Windows `w32tm /resync`, ar macOS `sudo sntp -sS time.apple.com`."
  ],
  extension: [
    "Mae'r estyniad mewn porwr.",
    ""
  ],
  extension_blocked: [
    "Mae polisi gweinyddwr yn cadw'r estyniad allan o borwr.",
    "Gofynnwch i'r gweinyddwr ganiatáu'r estyniad y mae ei id yn y manylion."
  ],
  extension_disabled: [
    "Mae'r estyniad mewn porwr, ond mae wedi'i ddiffodd.",
    "Trowch ef ymlaen ar dudalen estyniadau'r porwr."
  ],
  extension_missing: [
    "Nid yw'r estyniad yn yr un o borwyr y defnyddiwr hwn.",
    "Gosodwch yr estyniad Wardkey, neu gofynnwch i'r gweinyddwr amdano."
  ],
  extension_unknown: [
    "Ni ellir dweud oddi yma a yw'r estyniad mewn porwr.",
    "Edrychwch am Wardkey ar dudalen estyniadau'r porwr."
  ],
  files_silent: [
    "Nid yw ffolder sy'n dweud beth sydd wedi'i osod yn ateb.",
    "Gofynnwch i rywun edrych ar yriannau'r cyfrifiadur hwn, ac ar gyfran rhwydwaith y ffolder cartref os oes un."
  ],
  host: [
    "Mae'r rhaglen letya wedi'i gosod.",
    ""
  ],
  host_sandboxed: [
    "Mae'r rhaglen hon yn rhedeg y tu mewn i Snap neu Flatpak, lle gall darllenwyr fod allan o gyrraedd.",
    "Defnyddiwch borwr nad yw'n Snap nac yn Flatpak."
  ],
  instance_exposed: [
    "Mae ffolder yr asiant yn perthyn i ddefnyddiwr arall, neu caiff eraill ysgrifennu ynddo.",
    "Gofynnwch am ddileu'r ffolder a enwir yn y manylion, neu ei roi i'r defnyddiwr hwn yn unig (modd 0700)."
  ],
  instance_forbidden: [
    "Nid yw'r polisi yn gadael i asiant redeg wrth ymyl un y defnyddiwr ei hun, ac mae `WARDKEY_INSTANCE` yn enwi un arall.",
    "Dadosodwch y newidyn amgylchedd `WARDKEY_INSTANCE`."
  ],
  instance_unusable: [
    "Ni ellir gwneud ffolder yr asiant, neu ni ellir ysgrifennu ynddo.",
    "Gwnewch le ar y ddisg, neu cywirwch ganiatadau'r ffolder a enwir yn y manylion."
  ],
  key_too_short: [
    "Mae gan allwedd RSA tystysgrif lai na 2048 did.",
    "Gofynnwch am adnewyddu'r cerdyn; tan hynny gall y gweinyddwr ei ganiatáu drwy bolisi."
  ],
  managed_unknown: [
    "Mae gweinyddwr y porwr wedi gosod rhywbeth i'r estyniad nad yw'n ei adnabod.",
    "Cywirwch yr allweddi a enwir yn y manylion; mae'r rhai sydd i'w cael yn `managed_schema.json`."
  ],
  manifest: [
    "Mae porwyr yn adnabod y rhaglen letya hon.",
    ""
  ],
  manifest_blocked: [
    "Mae polisi gweinyddwr yn cadw porwr rhag cychwyn y rhaglen letya hon.",
    "Gofynnwch i'r gweinyddwr ganiatáu'r rhaglen letya `org.wardkey.host`, a rhaglenni lletya defnyddiwr lle mae wedi'i gosod ar gyfer un."
  ],
  manifest_malformed: [
    "Ni ellir darllen maniffest porwr ar gyfer y rhaglen letya hon.",
    "Rhedwch `wardkey-host install` eto."
  ],
  manifest_missing: [
    "Nid yw porwr yn adnabod y rhaglen letya hon.",
    "Rhedwch `wardkey-host install`."
  ],
  manifest_other_extension: [
    "Mae maniffest porwr yn caniatáu estyniadau eraill yn lle ein hun ni.",
    "Rhedwch `wardkey-host install` eto, gyda `--extension-id` lle mae gan yr estyniad id arall."
  ],
  manifest_other_program: [
    "Mae porwr yn cychwyn rhaglen arall yn lle'r un hon.",
    "Rhedwch `wardkey-host install` gyda'r rhaglen sydd i'w defnyddio."
  ],
  manifest_program_missing: [
    "Mae'r rhaglen y mae porwr i'w chychwyn ar goll, neu ni chaniateir ei rhedeg.",
    "Gosodwch Wardkey eto, yna rhedwch `wardkey-host install`."
  ],
  module: [
    "Mae ffordd o ddarllen cardiau yn gweithio.",
    ""
  ],
  module_failed: [
    "Stopiodd ffordd o ddarllen cardiau, neu atebodd â gwall.",
    "Diweddarwch feddalwedd y cerdyn, neu enwch fodiwl arall yn y polisi; mae'r manylion yn enwi'r alwad a fethodd."
  ],
  module_file_missing: [
    "Mae modiwl y mae'r polisi yn ei enwi ar goll.",
    "Gosodwch feddalwedd y cerdyn, neu cywirwch `cards.modules` yn y polisi."
  ],
  module_hangs: [
    "Nid atebodd ffordd o ddarllen cardiau mewn pryd.",
    "Tynnwch y cerdyn allan a'i roi yn ôl; os yw'n parhau felly, diweddarwch feddalwedd y cerdyn neu enwch fodiwl arall yn y polisi."
  ],
  module_missing: [
    "Ni chafwyd meddalwedd cardiau clyfar ar y cyfrifiadur hwn.",
    "Gosodwch OpenSC neu feddalwedd y cerdyn ei hun, neu enwch ei fodiwl PKCS#11 yn y polisi."
  ],
  module_not_loaded: [
    "Ni ellir llwytho ffeil a ddylai fod yn fodiwl PKCS#11.",
    "Gosodwch feddalwedd y cerdyn ar gyfer y prosesydd hwn, neu cywirwch `cards.modules` yn y polisi."
  ],
  passcode_blocked: [
    "Mae cyfringod cerdyn wedi'i rwystro.",
    "Rhedwch `wardkey-host passcode unblock` gyda'i allwedd ddatgloi (PUK), neu gofynnwch i'ch Awdurdod Cofrestru ei ddatgloi."
  ],
  passcode_expired: [
    "Rhaid newid cyfringod cerdyn cyn y gellir defnyddio'r cerdyn.",
    "Rhedwch `wardkey-host passcode change`."
  ],
  passcode_last_try: [
    "Mae un cynnig ar ôl ar gyfer cyfringod cerdyn.",
    "Byddwch yn siŵr o'r cyfringod cyn ei deipio; bydd un anghywir yn rhwystro'r cerdyn."
  ],
  policy: [
    "Mae polisi mewn grym.",
    ""
  ],
  policy_desktop_unheard: [
    "Mae'r polisi yn gofyn i sesiynau ddilyn y sgrin neu gwsg y cyfrifiadur, ond nid yw'r bwrdd gwaith hwn yn dweud amdanynt.",
    "Cychwynnwch borwyr o sesiwn bwrdd gwaith y mae'r system yn ei hadnabod, systemd-logind ar Linux; mae'r manylion yn enwi'r hyn sydd ar goll."
  ],
  policy_empty: [
    "Nid yw'r polisi mewn grym yn caniatáu unrhyw safle, neu nid yw'n enwi gweinydd hunaniaeth.",
    "Gofynnwch i'r gweinyddwr eu henwi; mae `docs/policy.md` yn dweud sut."
  ],
  policy_file_missing: [
    "Ni ellir darllen ffeil y mae'r polisi yn ei henwi.",
    "Rhowch y ffeil lle mae'r polisi yn ei henwi, neu cywirwch y polisi."
  ],
  policy_invalid: [
    "Mae gwall yn y polisi, ac nid yw'n caniatáu neb.",
    "Gofynnwch i'r gweinyddwr gywiro'r hyn y mae'r frawddeg yn ei enwi."
  ],
  policy_missing: [
    "Nid oes polisi mewn grym, felly ni chaniateir unrhyw safle.",
    "Rhowch bolisi yn `/etc/wardkey/policy.toml`, neu ar Windows yn `C:\\ProgramData\\Wardkey\\policy.toml`."
  ],
  policy_newer: [
    "Newidiodd y polisi ar ôl i'r asiant ei ddarllen.",
    "Caewch bob porwr ac arhoswch bum munud, neu allgofnodwch o'r cyfrifiadur hwn ac yn ôl i mewn."
  ],
  policy_silent: [
    "Nid yw ffeil y polisi, neu un y mae'n ei henwi, yn ateb.",
    "Gofynnwch i rywun edrych ar y gyriant neu'r gyfran rhwydwaith y mae ffeiliau'r polisi arni."
  ],
  program: [
    "Mae rhaglen leol y mae'r polisi yn ei chaniatáu wedi'i gosod.",
    ""
  ],
  program_missing: [
    "Nid yw rhaglen leol y mae'r polisi yn ei chaniatáu ar y cyfrifiadur hwn.",
    "Gosodwch hi, neu cywirwch `program.executable` yn y polisi; lle mae'n perthyn i gyfrifiaduron eraill yn unig, nid oes dim i'w wneud."
  ],
  program_not_executable: [
    "Ni ellir rhedeg ffeil y mae'r polisi yn ei chaniatáu fel rhaglen.",
    "Cywirwch `program.executable` yn y polisi, neu gofynnwch am osod y rhaglen eto."
  ],
  program_script: [
    "Sgript yw ffeil y mae'r polisi yn ei chaniatáu fel rhaglen; yr hyn sy'n rhedeg yw ei dehonglydd, na chaniateir ganddi.",
    "Enwch raglen ei hun yn y polisi; mae enwi'r dehonglydd yn caniatáu pob sgript sydd gan y defnyddiwr hwn."
  ],
  program_silent: [
    "Nid yw ffolder rhaglen y mae'r polisi yn ei chaniatáu yn ateb.",
    "Gofynnwch i rywun edrych ar y gyriant neu'r gyfran rhwydwaith a enwir yn y manylion."
  ],
  program_writable: [
    "Gall y defnyddiwr hwn, neu bawb, roi rhywbeth arall yn lle rhaglen y mae'r polisi yn ei chaniatáu, felly nid yw ei chaniatáu yn profi dim.",
    "Gofynnwch am ei gosod mewn ffolder y gall gweinyddwyr yn unig ysgrifennu ynddo."
  ],
  reader: [
    "Mae darllenydd wedi'i gysylltu.",
    ""
  ],
  reader_missing: [
    "Nid oes darllenydd cardiau clyfar wedi'i gysylltu.",
    "Cysylltwch ddarllenydd; lle mae un wedi'i gysylltu, efallai fod ei yrrwr ar goll."
  ],
  reader_service: [
    "Mae'r gwasanaeth cardiau clyfar yn rhedeg.",
    ""
  ],
  reader_service_missing: [
    "Nid yw'r gwasanaeth cardiau clyfar yn rhedeg.",
    "Cychwynnwch ef: `systemctl enable --now pcscd.socket`, neu Smart Card ar Windows."
  ],
  reader_service_refused: [
    "Mae'r gwasanaeth cardiau clyfar yn rhedeg, ond nid yw'n gwasanaethu'r defnyddiwr hwn yma.",
    "Gweithiwch wrth y cyfrifiadur ei hun, neu gofynnwch i'r gweinyddwr am reol polkit ar gyfer `org.debian.pcsc-lite.access_pcsc` ac `access_card`."
  ],
  reader_service_silent: [
    "Nid yw'r gwasanaeth cardiau clyfar yn ateb.",
    "Datgysylltwch y darllenydd a'i gysylltu eto; os nad yw hynny'n helpu, gofynnwch am ailgychwyn y gwasanaeth."
  ],
  remote: [
    "Mae gwasanaeth sy'n cadw allweddi yn ateb, ac yn caniatáu'r cyfrifiadur hwn.",
    ""
  ],
  remote_client_refused: [
    "Nid yw gwasanaeth sy'n cadw allweddi yn caniatáu cleient y cyfrifiadur hwn.",
    "Cywirwch `client_id`, neu'r hyn sydd yn ffeil `client_secret`, neu rhowch wybod i'r rhai sy'n rhedeg y gwasanaeth."
  ],
  remote_other: [
    "Nid gwasanaeth sy'n cadw allweddi sy'n ateb yng nghyfeiriad un, neu nid un y gellir ei ddefnyddio.",
    "Cywirwch `url` a `token_url` y gwasanaeth yn y polisi, neu rhowch y rheswm yn y manylion i'r rhai sy'n ei redeg."
  ],
  remote_unreachable: [
    "Ni ellir cyrraedd gwasanaeth sy'n cadw allweddi, neu nid yw'n ateb mewn pryd.",
    "Gwiriwch y rhwydwaith, a chyfeiriadau'r gwasanaeth yn y polisi; gall mur gwarchod ar y ffordd fod yn achos hefyd."
  ],
  server: [
    "Mae'r gweinydd hunaniaeth yn ateb.",
    ""
  ],
  server_name_unknown: [
    "Nid yw enw'r gweinydd hunaniaeth yn arwain at unrhyw gyfeiriad.",
    "Gwiriwch y rhwydwaith a'i weinyddion enwau (DNS), neu cywirwch gyfeiriad y gweinydd yn y polisi."
  ],
  server_other: [
    "Nid yr un y mae'r polisi yn ei enwi sy'n ateb yng nghyfeiriad y gweinydd hunaniaeth.",
    "Cywirwch gyfeiriad y gweinydd yn y polisi, neu rhowch wybod i'r rhai sy'n rhedeg y gweinydd."
  ],
  server_refused: [
    "Nid oes dim yn gwrando yng nghyfeiriad y gweinydd hunaniaeth.",
    "Rhowch wybod i'r rhai sy'n rhedeg y gweinydd; gall mur gwarchod ar y ffordd fod yn achos hefyd."
  ],
  server_silent: [
    "Nid yw'r gweinydd hunaniaeth yn ateb mewn pryd.",
    "Gwiriwch y rhwydwaith; gall mur gwarchod ar y ffordd, neu rwydwaith a gyrhaeddir drwy ddirprwy yn unig, fod yn achos."
  ],
  server_unreachable: [
    "Ni ellir cyrraedd y gweinydd hunaniaeth dros y rhwydwaith.",
    "Gwiriwch y rhwydwaith: cebl, rhwydwaith diwifr, VPN."
  ],
  simulation_missing: [
    "Mae'r polisi yn gofyn am efelychu cardiau, ac nid oes efelychydd yn rhedeg.",
    "Cychwynnwch `wardkey-simulator`, neu tynnwch `[simulation]` o'r polisi."
  ],
  simulation_runs: [
    "Efelychir cardiau, ar gyfer datblygu; ni ddarllenir cerdyn go iawn.",
    "Tynnwch `[simulation]` o'r polisi lle mae cardiau go iawn i'w defnyddio."
  ],
  site_access: [
    "Ni chaiff yr estyniad weithio ar bob gwefan.",
    "Caniatewch ef ar bob gwefan, neu ar y rhai sy'n ei ddefnyddio, ar dudalen estyniadau'r porwr."
  ],
  tls: [
    "Mae tystysgrif TLS y gweinydd gan yr awdurdod y mae'r polisi yn ei enwi.",
    ""
  ],
  tls_expired: [
    "Mae tystysgrif TLS y gweinydd wedi dod i ben yn ôl cloc y cyfrifiadur hwn.",
    "Gwiriwch ddyddiad ac amser y cyfrifiadur hwn; os ydynt yn gywir, rhowch wybod i'r rhai sy'n rhedeg y gweinydd."
  ],
  tls_expires_soon: [
    "Mae tystysgrif TLS y gweinydd yn dod i ben o fewn 14 diwrnod.",
    "Rhowch wybod i'r rhai sy'n rhedeg y gweinydd."
  ],
  tls_failed: [
    "Ni ellir gwneud cysylltiad TLS â'r gweinydd.",
    "Rhowch wybod i'r rhai sy'n rhedeg y gweinydd; gall dirprwy ar y ffordd fod yn achos hefyd."
  ],
  tls_not_yet_valid: [
    "Nid yw tystysgrif TLS y gweinydd yn ddilys eto yn ôl cloc y cyfrifiadur hwn.",
    "Gwiriwch ddyddiad ac amser y cyfrifiadur hwn; os ydynt yn gywir, rhowch wybod i'r rhai sy'n rhedeg y gweinydd."
  ],
  tls_untrusted: [
    "Nid yw tystysgrif TLS y gweinydd gan yr awdurdod y mae'r polisi yn ei enwi.",
    "Peidiwch â mewngofnodi; gofynnwch am adael cyfeiriad y gweinydd allan o archwilio TLS, neu cywirwch `authority` yn y polisi."
  ],
  tls_wrong_name: [
    "Mae tystysgrif TLS y gweinydd ar gyfer enw arall.",
    "Cywirwch gyfeiriad y gweinydd yn y polisi, neu rhowch wybod i'r rhai sy'n rhedeg y gweinydd."
  ]
};
