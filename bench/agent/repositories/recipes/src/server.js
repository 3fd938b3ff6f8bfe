import { createServer } from "node:http";
import { bounds } from "./bounds.js";
import { page } from "./page.js";
import { Shelf } from "./shelf.js";

const rendered = new Shelf(bounds.pages);

export function serve(recipes, port = 6080) {
  return createServer((request, response) => {
    const recipe = recipes.get(request.url.slice(1));
    if (!recipe) {
      response.writeHead(404).end();
      return;
    }
    response.end(rendered.take(recipe.name, () => page(recipe)));
  }).listen(port);
}
