"""What every door to a conversation needs: settings and persona as they are now, engines, slash commands, the store.

The loop itself, tools and permissions aren't here, nor is how a door shows anything."""
