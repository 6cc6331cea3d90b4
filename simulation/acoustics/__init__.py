"""Channel data of scatterers: pulses, wavefronts, elements, attenuation, noise."""
