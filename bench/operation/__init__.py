"""What operating the portal costs: releases, and a restore."""
