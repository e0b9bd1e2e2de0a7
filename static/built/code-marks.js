import{a,b,c}from"./shared-4B52XMRJ.js";import"./shared-LMFFU5UY.js";export{c as markFields,b as setFaults,a as setLines};
