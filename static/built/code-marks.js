import{a,b,c,d}from"./shared-7A4MGWTE.js";import"./shared-2KBFHI4X.js";import"./shared-LMFFU5UY.js";export{d as markFields,b as setFaults,a as setLines,c as toFixes};
