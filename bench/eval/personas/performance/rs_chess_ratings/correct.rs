//! Ratings of the players in a chess club.

use std::collections::HashMap;

const FACTOR: f64 = 20.0;
const START: f64 = 1500.0;

/// How a game ended for the player with the white pieces.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    Won,
    Drawn,
    Lost,
}

impl Outcome {
    fn points(self) -> f64 {
        match self {
            Outcome::Won => 1.0,
            Outcome::Drawn => 0.5,
            Outcome::Lost => 0.0,
        }
    }
}

/// A game of a round.
#[derive(Debug, Clone)]
pub struct Game {
    pub white: String,
    pub black: String,
    pub outcome: Outcome,
}

fn expected(own: f64, other: f64) -> f64 {
    1.0 / (1.0 + 10f64.powf((other - own) / 400.0))
}

/// The ratings of all players, some thousands.
#[derive(Debug, Default)]
pub struct Ratings {
    by_player: HashMap<String, f64>,
}

impl Ratings {
    /// The rating of a player; new players have a fixed one.
    pub fn of(&self, player: &str) -> f64 {
        self.by_player.get(player).copied().unwrap_or(START)
    }

    /// Enters the games of a round. The ratings from before the round decide on all of them.
    pub fn enter_round(&mut self, games: &[Game]) {
        let mut changes: HashMap<&str, f64> = HashMap::new();
        for game in games {
            let (white, black) = (self.of(&game.white), self.of(&game.black));
            let change = FACTOR * (game.outcome.points() - expected(white, black));
            *changes.entry(&game.white).or_default() += change;
            *changes.entry(&game.black).or_default() -= change;
        }
        for (player, change) in changes {
            *self.by_player.entry(player.to_string()).or_insert(START) += change;
        }
    }
}
