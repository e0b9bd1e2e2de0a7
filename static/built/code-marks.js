import{a,b,c,d}from"./shared-SBLD3LMD.js";import"./shared-TOZKJPV4.js";import"./shared-Z7DQJRVN.js";export{d as markFields,b as setFaults,a as setLines,c as toFixes};
