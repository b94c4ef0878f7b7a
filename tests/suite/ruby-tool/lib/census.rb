# frozen_string_literal: true

require 'csv'

# Counts the people of a table by their place.
module Census
  def self.of(path)
    CSV.read(path, headers: true).map { |row| row['place'] }.tally.sort.map { |place, count| "#{place}: #{count}" }
  end
end
