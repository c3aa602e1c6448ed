// Written by languages/write.mjs, of the files beside it. Not to be edited.

import * as cy from "./cy.js";
import * as en from "./en.js";

/** Every language, by its tag; the first has every text. */
export const ALL = { en, cy };
