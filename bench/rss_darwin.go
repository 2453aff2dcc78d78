package main

// rssUnit: getrusage(2) of macOS counts bytes.
const rssUnit = 1
