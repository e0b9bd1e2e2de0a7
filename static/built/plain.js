import{a as o,c as m}from"./shared-X2FDHI5W.js";import{G as e}from"./shared-JXHXZJXL.js";customElements.define("theme-choice",m);e(document.body);o(document.body,".operation-facts dd");
