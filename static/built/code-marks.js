import{a,b,c,d}from"./shared-W3T746QV.js";import"./shared-2KBFHI4X.js";import"./shared-LMFFU5UY.js";export{d as markFields,b as setFaults,a as setLines,c as toFixes};
