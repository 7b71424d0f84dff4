export interface PlanSeat {
  ordinal: number;
  label: string;
  section: string;
  row: string;
  number: string;
  category: number;
  accessible: boolean;
  x: number;
  y: number;
}
export interface PlanArea {
  name: string;
  category: number;
  capacity: number;
  x: number;
  y: number;
  width: number;
  height: number;
}
export interface Layout {
  seats: PlanSeat[];
  areas: PlanArea[];
  titles: { text: string; x: number; y: number }[];
  categories: string[];
}
export function layout(plan: any): Layout;

export interface Colours {
  categories: string[];
  held: string;
  paying: string;
  sold: string;
  blocked: string;
  picked: string;
  ink: string;
  faint: string;
  stage: string;
}
export const COLOURS: Colours;

export type Picked =
  | (Omit<PlanSeat, "category"> & { area?: undefined; category: string; status: string })
  | { area: true; name: string; category: string; capacity: number; free: number; held: number; paying: number; sold: number };
export interface Change {
  seats: string | [ordinal: number, status: string][];
  areas: Record<string, { capacity: number; free: number; held: number; paying: number; sold: number }>;
}
export class SeatMap {
  constructor(canvas: any, options?: { onPick?(found: Picked): void; onHover?(found: Picked | undefined): void; colours?: Partial<Colours> });
  plan: Layout;
  states: string[];
  areas: Change["areas"];
  picked: Set<number>;
  readonly labels: string[];
  setPlan(plan: any): void;
  change(change: Change): void;
  status(ordinal: number): string;
  toggle(found: Picked): void;
  fit(): void;
  zoom(by: number, point?: [x: number, y: number]): void;
  pan(x: number, y: number): void;
  pointOf(ordinal: number): [x: number, y: number];
  at(point: [x: number, y: number]): Picked | undefined;
  draw(): void;
}
export function follow(map: SeatMap, url: string, options?: { onChange?(change: Change): void }): any;
