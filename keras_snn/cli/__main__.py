"""`python -m keras_snn.cli` is `keras-snn`."""

import sys

from keras_snn_command import main

sys.exit(main())
