/**
 * Forty more questions on the documentation of `documents.ts`, written before anything was measured on them: half say in other
 * words what a page is about, half name what a page names.
 */
import type { Question } from "./questions.js"

/** In other words than the page. */
export const byMeaning: ReadonlyArray<Question> = [
  {
    question: "Node rejects my company's own HTTPS certificate while I generate an app. How do I make it trusted?",
    answers: ["local-btp-fiori-tools-80-chunk-0"]
  },
  {
    question: "How can several apps share one router when they are deployed together?",
    answers: ["local-btp-fiori-tools-69-chunk-0"]
  },
  {
    question: "How do I find out what would break if I rename an annotated property?",
    answers: ["local-btp-fiori-tools-47-chunk-0"]
  },
  {
    question: "What must I install on my laptop before I can develop for Fiori?",
    answers: ["local-btp-fiori-tools-91-chunk-0"]
  },
  {
    question: "Can a drawing of a screen be turned into an app?",
    answers: ["local-btp-fiori-tools-157-chunk-0"]
  },
  {
    question: "How do I rename the tile by which users reach an adapted app?",
    answers: ["local-btp-fiori-tools-135-chunk-0"]
  },
  {
    question: "How do I bring my variant of an app into the ABAP system?",
    answers: ["local-btp-fiori-tools-146-chunk-0"]
  },
  {
    question: "How do I make a deployed app visible in the launchpad of the whole company?",
    answers: ["local-btp-fiori-tools-3-chunk-0"]
  },
  {
    question: "How can users keep their own version of a diagram?",
    answers: ["local-fiori_development_portal-6-chunk-0"]
  },
  {
    question: "How do I let people enter more than one value as tokens?",
    answers: ["local-fiori_development_portal-28-chunk-0"]
  },
  {
    question: "How do I read and change what is set in the filter bar from my code?",
    answers: ["local-fiori_development_portal-39-chunk-0"]
  },
  {
    question: "Which control lets users pick a day from a calendar?",
    answers: ["local-fiori_development_portal-17-chunk-0"]
  },
  {
    question: "How do I open another app when the user presses Create?",
    answers: ["local-sapui5-113-chunk-0"]
  },
  {
    question: "How can part of a page wait with its data until it is scrolled to?",
    answers: ["local-sapui5-168-chunk-0"]
  },
  {
    question: "How do I let a table fill the whole screen?",
    answers: ["local-sapui5-179-chunk-0"]
  },
  {
    question: "What happens to fields that depend on another when the back end recalculates them?",
    answers: ["local-sapui5-322-chunk-0"]
  },
  {
    question: "How do I make a button look dangerous or positive?",
    answers: ["local-sapui5-311-chunk-0"]
  },
  {
    question: "How do I show how far something has come as a bar in the header?",
    answers: ["local-sapui5-289-chunk-0"]
  },
  {
    question: "How do I offer a few fixed values as radio buttons?",
    answers: ["local-sapui5-377-chunk-0"]
  },
  {
    question: "Which data is read again when a user comes back to an app that was kept alive?",
    answers: ["local-sapui5-300-chunk-0"]
  }
]

/** By the words and names of the page. */
export const byWords: ReadonlyArray<Question> = [
  {
    question: "cFLP central application router XSUAA service key",
    answers: ["local-btp-fiori-tools-3-chunk-0"]
  },
  {
    question: "PresentationVariant SelectionVariant list report page editor",
    answers: ["local-btp-fiori-tools-58-chunk-0"]
  },
  {
    question: "manifest.appdescr_variant change inbound",
    answers: ["local-btp-fiori-tools-135-chunk-0"]
  },
  {
    question: "quick actions availability matrix",
    answers: ["local-btp-fiori-tools-168-chunk-0"]
  },
  {
    question: "fiori-tools basic columns page editor",
    answers: ["local-btp-fiori-tools-14-chunk-0"]
  },
  {
    question: "add deploy-config --simulate",
    answers: ["local-create-README-13-chunk-0"]
  },
  {
    question: "cap_app_config.json",
    answers: ["local-fiori-samples-24-chunk-0"]
  },
  {
    question: "FioriGeneratorExtensionAPI",
    answers: ["local-fiori-samples-35-chunk-0"]
  },
  {
    question: "sap.ovp.cards.linklist listFlavor",
    answers: ["local-sapui5-102-chunk-0"]
  },
  {
    question: "UI.FilterFacets ReferenceFacet FieldGroup",
    answers: ["local-sapui5-135-chunk-0"]
  },
  {
    question: "creationMode External outbound",
    answers: ["local-sapui5-113-chunk-0"]
  },
  {
    question: "enableLazyLoading",
    answers: ["local-sapui5-168-chunk-0"]
  },
  {
    question: "canvas page OData V2 extension",
    answers: ["local-sapui5-201-chunk-0"]
  },
  {
    question: "UI.ConnectedFields",
    answers: ["local-sapui5-234-chunk-0"]
  },
  {
    question: "Common.ValueList in out parameters",
    answers: ["local-sapui5-245-chunk-0"]
  },
  {
    question: "line micro chart annotation",
    answers: ["local-sapui5-256-chunk-0"]
  },
  {
    question: "sap.fe.macros.MessageButton",
    answers: ["local-sapui5-344-chunk-0"]
  },
  {
    question: "global side effects enter key draft",
    answers: ["local-sapui5-366-chunk-0"]
  },
  {
    question: "sap.m.MultiComboBox value help fixed values",
    answers: ["local-sapui5-377-chunk-0"]
  },
  {
    question: "fiori deploy --noConfig ui5-deploy.yaml",
    answers: ["local-ux-ui5-tooling-README-12-chunk-0"]
  }
]
