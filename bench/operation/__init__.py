"""What operating the portal costs: releases."""
