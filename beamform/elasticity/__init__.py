"""How tissue gives way: displacement and strain under quasi-static compression."""
