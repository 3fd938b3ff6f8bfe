import { address } from "./address.js";

export class Shop {
  constructor(host) {
    this.host = host;
  }

  search(words, { page, tags } = {}) {
    return address(`https://${this.host}/search`, { q: words, page, tag: tags });
  }
}
