import{a as o,c as m}from"./shared-72G65JQO.js";import{H as e}from"./shared-PFFWAFMA.js";customElements.define("theme-choice",m);e(document.body);o(document.body,".operation-facts dd");
