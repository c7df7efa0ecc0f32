/** Questions on the documentation of `documents.ts`, each with the pages that answer it. */

export interface Question {
  readonly question: string
  /** The ids of the pages, any of which is right. */
  readonly answers: ReadonlyArray<string>
}

export const questions: ReadonlyArray<Question> = [
  {
    question: "How do I deploy a Fiori application to ABAP or to Cloud Foundry?",
    answers: ["local-btp-fiori-tools-0-chunk-0"]
  },
  {
    question: "How can I generate the MTA deployment configuration for Cloud Foundry?",
    answers: ["local-btp-fiori-tools-5-chunk-0"]
  },
  {
    question: "How do I preview my application with the Horizon theme?",
    answers: ["local-btp-fiori-tools-101-chunk-0"]
  },
  {
    question: "How can I start the app with local sources of UI5 from npm?",
    answers: ["local-btp-fiori-tools-107-chunk-0"]
  },
  {
    question: "How do I delete a Fiori application from a CAP project in VS Code?",
    answers: ["local-btp-fiori-tools-113-chunk-0"]
  },
  {
    question: "How do I add a fragment to an extension point in the adaptation editor?",
    answers: ["local-btp-fiori-tools-125-chunk-0"]
  },
  {
    question: "How do I create an adaptation project for an on-premise system?",
    answers: ["local-btp-fiori-tools-143-chunk-0"]
  },
  {
    question: "How do I switch the database of a CAP project from SQLite to HANA?",
    answers: ["local-fiori-samples-11-chunk-0"]
  },
  {
    question: "Can I run the Fiori generator headless?",
    answers: ["local-fiori-samples-23-chunk-0"]
  },
  {
    question: "How do I set up a destination with a SAML assertion for S/4HANA Cloud?",
    answers: ["local-fiori-samples-29-chunk-0"]
  },
  {
    question: "How can users edit many rows of a table at once in a dialog?",
    answers: ["local-sapui5-165-chunk-0", "local-fiori_development_portal-61-chunk-0"]
  },
  {
    question: "How do I group the rows of a table?",
    answers: ["local-sapui5-333-chunk-0"]
  },
  {
    question: "How do I show the unit of measure of a number?",
    answers: ["local-sapui5-315-chunk-0"]
  },
  {
    question: "How can fields of a new object be prefilled with default values by a function?",
    answers: ["local-sapui5-285-chunk-0"]
  },
  {
    question: "How do I let users share a page to Microsoft Teams?",
    answers: ["local-sapui5-351-chunk-0"]
  },
  {
    question: "How can users switch between the draft and the saved version of an object?",
    answers: ["local-sapui5-357-chunk-0"]
  },
  {
    question: "How do I change the horizontal alignment of a table's columns?",
    answers: ["local-sapui5-279-chunk-0"]
  },
  {
    question: "How do I migrate a project from Web IDE to Business Application Studio?",
    answers: ["local-sapui5-267-chunk-0"]
  },
  {
    question: "How do I add a quick view of a contact to a table?",
    answers: ["local-sapui5-15-chunk-0"]
  },
  {
    question: "Which generative AI features does Fiori elements have?",
    answers: ["local-sapui5-231-chunk-0"]
  }
]
