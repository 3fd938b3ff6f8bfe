/** What a town charges for water. */
export interface Tariff {
  /** The name of the town. */
  town: string;
  /** The price of a cubic metre in cents. */
  centsPerCubicMetre: number;
  /** The price of the meter for a year in cents. */
  centsPerYear: number;
}

/** The reason for which a promise is rejected if there is no tariff for a town. */
export class UnknownTownError extends Error {
  /** @param town - The name that is unknown. */
  constructor(readonly town: string) {
    super(`there is no tariff for ${town}`);
  }
}

/** Where tariffs come from; resolves to all there are. */
export type TariffSource = () => Promise<Tariff[]>;

/** The tariffs of a water company, which are loaded when one is needed for the first time. */
export class TariffBook {
  #tariffs: Promise<Map<string, Tariff>> | undefined;
  readonly #load: TariffSource;

  /** @param load - Is called once, and again only after it has failed. */
  constructor(load: TariffSource) {
    this.#load = load;
  }

  /**
   * Finds the tariff of a town.
   *
   * @param town - The name of the town, regardless of case.
   * @returns A promise of the tariff. It is rejected with an UnknownTownError if there is none for
   *   the town, and with the error of the source if the tariffs cannot be loaded.
   */
  async tariffOf(town: string): Promise<Tariff> {
    const tariff = (await this.#loaded()).get(town.toLowerCase());
    if (tariff === undefined) {
      throw new UnknownTownError(town);
    }
    return tariff;
  }

  /**
   * Works out what a household pays for a year.
   *
   * @param town - The name of the town, regardless of case.
   * @param cubicMetres - How much water was used.
   * @returns A promise of the price in cents, rounded to a whole number; rejected as by `tariffOf`.
   */
  async yearlyPrice(town: string, cubicMetres: number): Promise<number> {
    const { centsPerCubicMetre, centsPerYear } = await this.tariffOf(town);
    return Math.round(centsPerYear + centsPerCubicMetre * cubicMetres);
  }

  #loaded(): Promise<Map<string, Tariff>> {
    this.#tariffs ??= this.#load().then(
      (tariffs) => new Map(tariffs.map((tariff) => [tariff.town.toLowerCase(), tariff])),
      (error: unknown) => {
        this.#tariffs = undefined;
        throw error;
      },
    );
    return this.#tariffs;
  }
}
