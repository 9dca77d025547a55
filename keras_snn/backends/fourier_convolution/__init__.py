"""Convolution as a product of spectra."""
