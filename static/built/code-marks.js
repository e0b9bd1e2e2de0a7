import{a,b,c,d}from"./shared-PZIFSVVZ.js";import"./shared-TOZKJPV4.js";import"./shared-XAA3HZ3K.js";export{d as markFields,b as setFaults,a as setLines,c as toFixes};
