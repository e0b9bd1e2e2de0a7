import{a as o,c as m}from"./shared-X2FDHI5W.js";import{F as e}from"./shared-S3OSA6XL.js";customElements.define("theme-choice",m);e(document.body);o(document.body,".operation-facts dd");
