/** A place on earth, in degrees. */
export interface Place {
  readonly latitude: number;
  readonly longitude: number;
}

/** A position as GeoJSON (RFC 7946) writes it. */
export type Position = readonly [number, number];

export interface Zone {
  readonly id: string;
  readonly center: Place;
  readonly radiusM: number;
}

export interface Crossing {
  readonly vehicle: string;
  readonly zone: string;
  readonly kind: "entered" | "left";
}

const EARTH_RADIUS_M = 6_371_000;

function toRadians(degrees: number): number {
  return (degrees * Math.PI) / 180;
}

/** The place at a GeoJSON position, which gives the longitude before the latitude. */
export function fromPosition([longitude, latitude]: Position): Place {
  return { latitude, longitude };
}

/** The inverse of `fromPosition`. */
export function toPosition(place: Place): Position {
  return [place.longitude, place.latitude];
}

/** The distance along the surface of the earth in meters, by the haversine formula. */
export function distanceM(from: Place, to: Place): number {
  const halfLatitude = toRadians(to.latitude - from.latitude) / 2;
  const halfLongitude = toRadians(to.longitude - from.longitude) / 2;
  const chord =
    Math.sin(halfLatitude) ** 2 +
    Math.cos(toRadians(from.latitude)) * Math.cos(toRadians(to.latitude)) * Math.sin(halfLongitude) ** 2;
  return 2 * EARTH_RADIUS_M * Math.asin(Math.min(1, Math.sqrt(chord)));
}

export function isInside(zone: Zone, place: Place): boolean {
  return distanceM(zone.center, place) <= zone.radiusM;
}

/** Follows vehicles and tells when they cross the border of a zone. */
export class ZoneWatch {
  /** For each vehicle, the zones it was in when it was last seen. */
  private readonly occupied = new Map<string, ReadonlySet<string>>();

  constructor(private readonly zones: readonly Zone[]) {}

  /** Takes note of where a vehicle is; returns what it entered and left since it was last seen. */
  update(vehicle: string, position: Position): Crossing[] {
    const place = fromPosition(position);
    const before = this.occupied.get(vehicle) ?? new Set<string>();
    const now = new Set<string>();
    const crossings: Crossing[] = [];
    for (const zone of this.zones) {
      const inside = isInside(zone, place);
      if (inside) {
        now.add(zone.id);
      }
      if (inside !== before.has(zone.id)) {
        crossings.push({ vehicle, zone: zone.id, kind: inside ? "entered" : "left" });
      }
    }
    this.occupied.set(vehicle, now);
    return crossings;
  }

  /** The vehicles that were in a zone when they were last seen, in alphabetical order. */
  vehiclesIn(zoneId: string): string[] {
    return [...this.occupied]
      .filter(([, zones]) => zones.has(zoneId))
      .map(([vehicle]) => vehicle)
      .sort();
  }

  /** Forgets a vehicle that is out of service. */
  forget(vehicle: string): void {
    this.occupied.delete(vehicle);
  }
}
