"""How tissue gives way: displacement and strain under compression, and the speed of shear waves."""
