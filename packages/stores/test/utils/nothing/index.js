// Stands in for what azurite sends its statistics with, 190 MB that no test needs.
module.exports = {}
