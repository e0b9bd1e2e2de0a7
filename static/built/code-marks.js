import{a,b,c,d}from"./shared-I56NFCYF.js";import"./shared-2KBFHI4X.js";import"./shared-O4QNUME6.js";export{d as markFields,b as setFaults,a as setLines,c as toFixes};
