import{a as o,c as m}from"./shared-JOV7NR6W.js";import{p as e}from"./shared-3QSWBQBL.js";customElements.define("theme-choice",m);e(document.body);o(document.body,".operation-facts dd");
