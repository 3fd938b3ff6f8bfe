import jwt from 'jsonwebtoken';

const ISSUER = 'https://login.courier.example';
const AUDIENCE = 'courier-api';

/** The request comes from nobody we know. */
export class UnauthorizedError extends Error {
  status = 401;
}

function bearerToken(request) {
  const [scheme, token] = (request.get('authorization') ?? '').split(' ');
  if (scheme.toLowerCase() !== 'bearer' || !token) {
    throw new UnauthorizedError('a bearer token is needed');
  }
  return token;
}

/**
 * Reads who has signed in from the token that the login service has issued.
 *
 * @param {string} token
 * @param {string} publicKey - The key of the login service in PEM format.
 */
export function courierOf(token, publicKey) {
  let claims;
  try {
    claims = jwt.verify(token, publicKey, { algorithms: ['RS256'], issuer: ISSUER, audience: AUDIENCE });
  } catch (error) {
    throw new UnauthorizedError('the token is not valid', { cause: error });
  }
  if (typeof claims.sub !== 'string') {
    throw new UnauthorizedError('the token names nobody');
  }
  return { id: claims.sub, regions: claims.regions ?? [] };
}

/** Middleware that puts the courier into `request.courier`. */
export function requireCourier(publicKey) {
  return (request, response, next) => {
    try {
      request.courier = courierOf(bearerToken(request), publicKey);
    } catch (error) {
      next(error);
      return;
    }
    next();
  };
}
