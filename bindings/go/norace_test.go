// SPDX-License-Identifier: Apache-2.0

//go:build !race

package modelplane_test

const raceEnabled = false
