// What the API answers, as far as the page's scripts that need no page read it. That the published schema
// has all of this is held by tests/web/test_clients.py.

/** A number as JSON has it: what is not finite comes as a word. */
export type Figure = number | "NaN" | "Infinity" | "-Infinity";

/** Nested lists; of a scalar, a number. */
export type Tensor = Figure | Tensor[];

/** Where a tensor is 0 but for rounding. */
export type Mask = boolean | Mask[];

export interface Summary {
  min: Figure;
  max: Figure;
  norm: Figure;
}

export interface StepSymbol {
  latex: string;
  text: string;
}

/** A tensor's picture: a letter a cell. */
export interface HeatCells {
  rows: number;
  columns: number;
  cells: string;
}

/** A factor of a contribution; its axes have a letter each. */
export interface ProductFactor {
  role: "upstream" | "local";
  latex: string;
  element: string;
  axes: string;
  rows: number;
  columns: number;
  value: Tensor | null;
}

/** A contribution that is written out as a product. */
export interface Product {
  sign: "matmul" | "elementwise" | "scale" | "elements";
  latex: string;
  element: string;
  axes: string;
  rows: number;
  columns: number;
  factors: ProductFactor[];
}

export interface StepFormula {
  display: string | null;
  /** With numbers in place of names; null for tensors. */
  display_numbers: string | null;
}

export interface Step {
  step: number;
  node: string;
  phase: "forward" | "backward";
  name: string | null;
  version: number | null;
  line: number | null;
  shape: number[];
  symbol: StepSymbol;
  /** Of a forward step; null of a tensor too large to list. */
  value?: Tensor | null;
  /** Of a backward step; null of a tensor too large to list. */
  partial?: Tensor | null;
  /** Of a backward step: the size of its largest element. */
  largest?: Figure | null;
  summary: Summary | null;
  contributions?: object[];
  /** Of a forward step that computes something. */
  formula?: StepFormula | null;
}

/** A layer, and the size of what comes back to it. */
export interface LayerSize {
  node: string;
  symbol: StepSymbol;
  norm: Figure;
  units: number;
  saturated: number;
  remark: string | null;
}

export interface Walk {
  loss: string;
  zoom: string;
  total: number;
  forward: number;
  /** How many boxes passes are folded to; null where none is. */
  boxes: number | null;
  layers: LayerSize[];
  steps: Step[];
  /** Set by the page where figures are newer than formulas: the one step whose formulas are as new. */
  completeAt?: number;
}

export interface StepFigures {
  node: string;
  contributions: object[];
}

export interface WalkFigures {
  zoom: string;
  total: number;
  step: (Partial<Step> & { step: number }) | null;
  layers: LayerSize[];
  steps: StepFigures[];
}

/** Lines and columns are counted from 1, columns in characters. */
export interface Edit {
  line: number;
  column: number;
  end_line: number;
  end_column: number;
  text: string;
}

export interface Fix {
  title: string;
  edits: Edit[];
}

export interface Fault {
  code: string;
  message: string;
  hint: string | null;
  pointer?: string | null;
}

export interface ProblemDetails {
  title: string;
  detail?: string | null;
  status?: number;
  errors?: Fault[];
}

export interface ExampleRows {
  name: string;
  role: string;
  line: number;
  end_line: number;
  values: Tensor[];
}

/** `together`: an update reads rows of one definition, else one example. */
export interface Examples {
  count: number;
  batch: number;
  together: boolean;
  rows: ExampleRows[] | null;
}

export interface TrainingStart {
  loss: string;
  settings: object;
}

export interface Moment {
  step: number;
  loss: Figure;
  held_out_loss: Figure | null;
  gradient_norm: Figure;
}

export interface TrainingSummary {
  outcome: string;
  message: string;
  hint: string | null;
  loss: { first: Figure; last: Figure };
}
