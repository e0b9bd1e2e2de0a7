import{a as o,c as m}from"./shared-X2FDHI5W.js";import{r as e}from"./shared-VERD57SQ.js";customElements.define("theme-choice",m);e(document.body);o(document.body,".operation-facts dd");
