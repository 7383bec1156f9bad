// What Swagger's page lacks: it is dark where people say so by their system's setting, forms begin
// empty, and whoever reads by ear or works by keyboard finds the names and places of things.
"use strict";

const dark = window.matchMedia("(prefers-color-scheme: dark)");
const follow = () => document.documentElement.classList.toggle("dark-mode", dark.matches);
dark.addEventListener("change", follow);
follow();

// Given to Swagger by the settings of the server.
const ours = () => {
  const named = (label) => (Original, { React }) => (props) =>
    React.createElement("section", { "aria-label": label, className: "named" },
      React.createElement(Original, props));
  return {
    components: {
      // The name of a request is part of a button, which must have no link in it.
      DeepLink: ({ text }) => text,
    },
    wrapComponents: {
      InfoContainer: named("About the API"),
      AuthorizeBtnContainer: named("Your key"),
      FilterContainer: named("Find"),
      operations: (Original, { React }) => (props) => [
        React.createElement("h2", { key: "heading", className: "unseen" }, "Requests"),
        React.createElement(Original, { key: "operations", ...props }),
      ],
      // Else each field of a form would send an invented value: "string", or the largest number.
      JsonSchemaForm: (Original, { React }) => (props) => {
        const chosen = props.required && props.schema.has("enum");
        const empty = props.dispatchInitialValue && !chosen;
        return React.createElement(Original, empty ? { ...props, dispatchInitialValue: false } : props);
      },
      // What is left empty is not sent, unless somebody says so below it.
      ParameterIncludeEmpty: (Original, { React }) => (props) => {
        const { isIncludedOptions: options } = props;
        const unsaid = options && { ...options, defaultValue: false };
        return React.createElement(Original, { ...props, isIncludedOptions: unsaid });
      },
    },
  };
};

// Names and stops for the Tab key that the bundle leaves out.
const NAMED = "tr[data-param-name], tr[data-property-name]";
const LABELS = [
  [".body-param textarea", () => "Request body"],
  [`:is(${NAMED}) :is(select, textarea, input:not([type=checkbox]))`, (field) => {
    const { paramName, propertyName } = field.closest(NAMED).dataset;
    return paramName ?? propertyName;
  }],
];

const mend = () => {
  for (const dialog of document.querySelectorAll(".modal-ux:not([role])")) {
    dialog.setAttribute("role", "dialog");
    dialog.setAttribute("aria-modal", "true");
    dialog.setAttribute("aria-label", dialog.querySelector("h3")?.textContent ?? "Authorize");
    for (const [heading, level] of [["h3", "2"], ["h4", "3"]]) {
      dialog.querySelector(heading)?.setAttribute("aria-level", level);
    }
    dialog.querySelector(".close-modal")?.setAttribute("aria-label", "Close");
  }
  for (const [selector, label] of LABELS) {
    for (const field of document.querySelectorAll(`${selector}:not([aria-label])`)) {
      field.setAttribute("aria-label", label(field));
    }
  }
  for (const code of document.querySelectorAll(".swagger-ui pre:not([tabindex])")) {
    if (code.scrollHeight > code.clientHeight || code.scrollWidth > code.clientWidth) {
      code.tabIndex = 0;
    }
  }
};

document.addEventListener("DOMContentLoaded", () => {
  new MutationObserver(mend).observe(document.getElementById("swagger-ui"), {
    childList: true,
    subtree: true,
  });
  window.addEventListener("resize", mend);
});
