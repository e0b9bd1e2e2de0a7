import{a as o,c as m}from"./shared-72G65JQO.js";import{G as e}from"./shared-AFPYS64M.js";customElements.define("theme-choice",m);e(document.body);o(document.body,".operation-facts dd");
