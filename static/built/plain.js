import{a as o,c as m}from"./shared-LBNCIOFY.js";import{o as e}from"./shared-5TAOVTDH.js";customElements.define("theme-choice",m);e(document.body);o(document.body,".operation-facts dd");
